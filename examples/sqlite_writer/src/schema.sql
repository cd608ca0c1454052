-- What a value is of: a row for each data source of each metric.
CREATE TABLE identity (
    -- Never that of another one before: processes remember it.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    plugin TEXT NOT NULL,
    plugin_instance TEXT NOT NULL,
    type TEXT NOT NULL,
    type_instance TEXT NOT NULL,
    -- The name of the data source in types.db.
    source TEXT NOT NULL,
    -- gauge, derive, counter, absolute; or rate, of any of the last three.
    kind TEXT NOT NULL,
    UNIQUE (host, plugin, plugin_instance, type, type_instance, source, kind)
);

CREATE TABLE sample (
    identity INTEGER NOT NULL REFERENCES identity (id),
    -- Nanoseconds since 1970.
    time INTEGER NOT NULL,
    -- As it was dispatched; NULL for NaN.
    value
);

CREATE INDEX sample_by_identity ON sample (identity, time);

-- For people: time in seconds.
CREATE VIEW metric AS
SELECT host, plugin, plugin_instance, type, type_instance, source, kind, sample.time / 1e9 AS time, value
FROM sample JOIN identity ON identity.id = sample.identity;
