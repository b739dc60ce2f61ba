"""`python -m tests.screenshots`: README's pictures, and every page to look at, of a studio at work."""
