"""The one command: embedded services, the supervisor, the demo."""
