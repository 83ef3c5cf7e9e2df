"""The JSON routes, by what they tell of; the page has a file of its own, `api.web_page`."""
