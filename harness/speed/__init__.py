"""Speed workers that are killed."""
