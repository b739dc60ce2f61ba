"""`make demo`: the main job, headless, as a client of the REST API."""
