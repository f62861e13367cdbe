"""The dashboard: draws what plugins contribute to the user interface, as pages in a browser."""
