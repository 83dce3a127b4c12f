-- A message's place in its thread: at least the number of messages up to and with it. So whether a thread has room is
-- seen from its last message, however many it holds. NULL where nobody counted: messages of earlier versions.
ALTER TABLE objects ADD COLUMN place BIGINT;
