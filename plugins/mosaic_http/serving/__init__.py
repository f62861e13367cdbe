"""A small server for ASGI applications on trio: HTTP/1.1 by h11, WebSockets by wsproto."""
