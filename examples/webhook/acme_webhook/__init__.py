"""An observer: POSTs chosen events to a URL, signed."""
