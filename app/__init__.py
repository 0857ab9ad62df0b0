"""UIS OMNI for Bitrix24: the integration itself. `bitrix_app` faces Bitrix24, `app.uis` faces UIS."""
