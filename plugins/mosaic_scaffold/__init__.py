"""The scaffold agent: builds small Python services from blueprints, without a model."""
