"""Reading files: mappings as data, rows as values with remarks. Pure; the job that stores rows is in `jobs.py`."""
