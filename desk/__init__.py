"""How analysts see what was found. Never imports Scrapy."""
