"""One Spark Structured Streaming application: event log, trends, and when to retrain."""
