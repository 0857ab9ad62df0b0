"""The operator workplace: who may see and say what, and what is shown."""
