"""FastAPI: recommendations, ratings, movies, the web page and the activity feed."""
