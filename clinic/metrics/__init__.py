"""What a monitor may read about this site: numbers, and never anything about a person.

`responses` counts what this process answers, `scraping` says who may read it and writes it down.
"""
