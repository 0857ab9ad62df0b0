"""A Bitrix24 portal and a UIS that behave like the real ones over HTTP, for the demo, the tests and the benchmark."""
