"""The command line: embedded services, the supervisor, the demo."""
