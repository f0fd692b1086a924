CREATE TABLE articles (
    n INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, time INTEGER NOT NULL,
    mentioning INTEGER NOT NULL, pending INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX articles_by_time ON articles (time DESC, _id);
CREATE INDEX articles_by_source ON articles (source, time DESC, _id);
CREATE INDEX articles_mentioning ON articles (time DESC, _id) WHERE mentioning;
CREATE INDEX articles_pending ON articles (time) WHERE pending;
CREATE TABLE entities (entity TEXT, time INTEGER, n INTEGER, kind TEXT, PRIMARY KEY (entity, time, n)) WITHOUT ROWID;
CREATE INDEX entities_by_kind ON entities (kind, time);
CREATE INDEX entities_by_article ON entities (n);
CREATE TABLE urls (url TEXT, n INTEGER, PRIMARY KEY (url, n)) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5 (
    terms, words, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
CREATE TABLE revisions (_id TEXT PRIMARY KEY, article TEXT NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX revisions_by_article ON revisions (article, revision);
CREATE TABLE seen (
    _id TEXT PRIMARY KEY, outcome TEXT NOT NULL, article TEXT, etag TEXT, modified TEXT, checked INTEGER NOT NULL,
    next_check INTEGER
) WITHOUT ROWID;
CREATE TABLE runs (_id TEXT PRIMARY KEY, source TEXT NOT NULL, started INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX runs_by_start ON runs (started DESC);
CREATE INDEX runs_by_source ON runs (source, started DESC);
CREATE TABLE quarantine (
    _id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, "when" INTEGER NOT NULL, why TEXT NOT NULL,
    traceback TEXT NOT NULL, page BLOB NOT NULL
);
