"""What the topic says must be there, worked out by code that shares nothing with the project's."""
