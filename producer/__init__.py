"""The producer: a MovieLens release becomes rating events in Kafka, in time order."""
