"""The control: real-time recommendations as tutorials of this stack build them.

`producer` sends a release's ratings to Kafka, `streaming` is the one Spark application, `api`
answers. Settings are environment variables: KAFKA, REDIS_URL, RATINGS (a folder), JARS,
RETRAIN_EVERY, IMPLICIT. None of these knows of Reelstream; `bench.textbook_judges` judges both.
"""
