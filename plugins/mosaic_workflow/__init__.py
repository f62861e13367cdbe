"""YAML workflows in the vocabulary of GitHub Actions, compiled to the same task graph as plans are."""
