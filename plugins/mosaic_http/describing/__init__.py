"""What the door says of itself: the OpenAPI document, and a page to read it on."""
