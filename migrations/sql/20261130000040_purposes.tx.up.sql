-- What a template is for: a reply, why a letter is declined, or the comment that sends a reply back.
ALTER TABLE templates ADD COLUMN purpose TEXT NOT NULL DEFAULT 'reply' CHECK (purpose IN ('reply', 'decline', 'send_back'));
