"""One command that is the whole studio on one machine: `manage.py studio`."""
