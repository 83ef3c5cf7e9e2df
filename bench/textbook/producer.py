"""Ratings of a release into Kafka: `python -m bench.textbook.producer CSV FIRST END RATE`.

As in kafka-python's own example: JSON values, the user as the key, acknowledged by the broker.
"""

import csv
import json
import os
import sys
import time

from kafka import KafkaProducer

TOPIC = "ratings"


def main(path: str, first: str, end: str, rate: str) -> None:
    """Send the rows from one number to another, so many a second; as fast as it goes with 0."""
    producer = KafkaProducer(
        bootstrap_servers=os.environ["KAFKA"],
        key_serializer=lambda key: str(key).encode(),
        value_serializer=lambda value: json.dumps(value).encode(),
        acks="all",
        retries=5,
    )
    with open(path, newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["timestamp"]))
    began = time.time()
    for n, row in enumerate(rows[int(first) : int(end)]):
        rating = {
            "userId": int(row["userId"]),
            "movieId": int(row["movieId"]),
            "rating": float(row["rating"]),
            "timestamp": int(time.time()),
        }
        producer.send(TOPIC, key=rating["userId"], value=rating)
        if float(rate):
            time.sleep(max(0.0, began + n / float(rate) - time.time()))
    producer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
