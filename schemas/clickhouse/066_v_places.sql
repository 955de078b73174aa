CREATE OR REPLACE VIEW v_places
AS WITH
    arrayMap(key -> dictGet('hearken.place_by_id', ('id', 'kind', 'name', 'owner'), key), dictGetHierarchy('hearken.place_by_id', sipHash64(p.id))) AS up
SELECT
    p.id AS place_id,
    p.kind AS kind,
    p.name AS name,
    nullIf(p.parent, '') AS parent,
    nullIf(arrayFirst(at -> at.2 = 'store', up).3, '') AS store,
    nullIf(arrayFirst(at -> at.2 = 'city', up).3, '') AS city,
    nullIf(arrayFirst(at -> at.2 = 'region', up).3, '') AS region,
    nullIf(arrayFirst(at -> at.2 = 'country', up).3, '') AS country,
    nullIf(arrayFirst(at -> at.2 = 'brand', up).3, '') AS brand,
    nullIf(arrayFirst(at -> at.2 = 'team', up).3, '') AS team,
    nullIf(arrayFirst(at -> at.4 != '', up).4, '') AS owner,
    arrayMap(at -> at.1, up) AS path
FROM places AS p
COMMENT 'Every place with the names of what it lies in, level by level (NULL where there is no such level), the owner nearest upwards, and the ids from the place to the top'
