"""What happens to one page: extract, judge its language, tag, fingerprint, store."""
