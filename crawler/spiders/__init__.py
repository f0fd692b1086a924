"""The spiders. Every file in config/sources becomes one through crawler.loader."""
