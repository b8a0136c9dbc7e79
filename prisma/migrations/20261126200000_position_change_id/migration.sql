-- [PUB6] Two histories may count equally far: the id of the change that a position is of tells them apart.
ALTER TABLE "position" ADD COLUMN "change_id" UUID NOT NULL DEFAULT gen_random_uuid();
