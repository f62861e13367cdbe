"""The HTTP door: REST with its OpenAPI document, and live streams, made from the operations; see `plugin`."""
