"""What the event log tells about the work: throughput, times, failures, costs, forecasts, projects."""
