-- [SEC8] TRUNCATE asks no row's trigger: it has one of its own. An empty log may be emptied, which
-- is how data that were moved or restored come into a schema that was just made.
CREATE FUNCTION "refuse_audit_truncate"() RETURNS trigger AS $$
BEGIN
    IF EXISTS (SELECT FROM "audit_entry") THEN
        RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "audit_entry_not_emptied" BEFORE TRUNCATE ON "audit_entry"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_truncate"();
