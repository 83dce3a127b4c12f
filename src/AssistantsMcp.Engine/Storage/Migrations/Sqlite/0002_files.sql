-- The bytes of files, apart from their objects, so that reading an object or a list never touches them.
CREATE TABLE file_contents (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    purpose TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- A file in a vector store has the file's own id: an id is unique below its parent.
DROP INDEX objects_by_id;
CREATE UNIQUE INDEX objects_by_id ON objects (tenant, id, parent);
