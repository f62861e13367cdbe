"""The language between ``${{`` and ``}}``: tokens, syntax, values, functions and evaluation."""
