"""The API: recommendations from Redis, ratings into Kafka: `uvicorn bench.textbook.api:app`."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio
from fastapi import FastAPI
from kafka import KafkaProducer
from pydantic import BaseModel

store = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Rating(BaseModel):
    """What somebody says of a movie."""

    userId: int
    movieId: int
    rating: float


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Within, there is a producer."""
    app.state.producer = KafkaProducer(
        bootstrap_servers=os.environ["KAFKA"],
        key_serializer=lambda key: str(key).encode(),
        value_serializer=lambda value: json.dumps(value).encode(),
        acks="all",
    )
    yield
    app.state.producer.close()
    await store.aclose()


app = FastAPI(title="Movie recommender", lifespan=lifespan)


@app.get("/recommendations/{user_id}")
async def recommendations(user_id: int) -> dict[str, Any]:
    """Somebody's top ten; what is popular for anyone without one."""
    found = await store.get(f"recommendations:{user_id}")
    if found is None:
        best: list[Any] = await store.zrevrange("popular", 0, 9, withscores=True)
        movies = [{"movieId": int(movie), "ratings": int(count)} for movie, count in best]
        return {"userId": user_id, "source": "popular", "recommendations": movies}
    return {"userId": user_id, "source": "als", "recommendations": json.loads(found)}


@app.post("/ratings", status_code=201)
def rate(rating: Rating) -> dict[str, Any]:
    """Take a rating; it counts from the next training on."""
    value = rating.model_dump() | {"timestamp": int(time.time())}
    sent = app.state.producer.send("ratings", key=rating.userId, value=value)
    at = sent.get(timeout=10)
    return {"partition": at.partition, "offset": at.offset}
