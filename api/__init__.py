"""FastAPI: recommendations, ratings, films, the web page and the live line."""
