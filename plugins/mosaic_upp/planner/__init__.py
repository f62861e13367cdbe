"""The rules planner: four phases from requirements to a certified UPP tree, without a model."""
