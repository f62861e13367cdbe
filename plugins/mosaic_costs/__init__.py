"""What work costs: usage and money from the event log, and budgets around runs."""
