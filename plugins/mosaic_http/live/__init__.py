"""Live streams: server-sent events, and WebSockets with subscriptions."""
