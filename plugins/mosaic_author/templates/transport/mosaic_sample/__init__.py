"""A transport for Mosaic: JSON-RPC 2.0, a line a message, on a loopback port."""
