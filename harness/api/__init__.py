"""An API under load while Kafka and Redis fail."""
