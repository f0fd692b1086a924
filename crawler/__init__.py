"""How pages reach us: Scrapy lives here."""
