-- A workspace is gone for everybody from the moment this is set; its rows are removed behind it, a
-- few at a time, so that no other workspace waits for them.
ALTER TABLE "workspace" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);

-- [SEC8] The audit log outlives what it tells of: who deleted a workspace, and what was done in it
-- before, stays on record. So there is no way left by which an entry may go.
ALTER TABLE "audit_entry" DROP CONSTRAINT "audit_entry_workspace_id_fkey";

CREATE OR REPLACE FUNCTION "refuse_audit_change"() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END;
$$ LANGUAGE plpgsql;
