"""The whole system's processes, and a browser."""
