"""What is known of kinds of programs and of common nouns, as data. Refuses to plan."""
