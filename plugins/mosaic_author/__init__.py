"""Makes and checks plugin projects."""
