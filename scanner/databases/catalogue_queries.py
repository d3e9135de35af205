"""What is asked of a server's catalogue: of `pg_catalog` alone, so no row of any table of a user is read.

PostgreSQL documentation, "System Catalogs" and "System Information Functions" (`pg_get_viewdef` and others write
what is kept as SQL; with an empty search_path every name has its schema).
"""

# ruff: noqa: S608  # made of constants of this module

from __future__ import annotations

OPENING = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL search_path = ''",
    "SET LOCAL statement_timeout = '60s'",
    "SET LOCAL lock_timeout = '5s'",
)
_OF_USERS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
_NO_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = {0}.oid"
    " AND d.classid = '{1}'::pg_catalog.regclass AND d.deptype = 'e')"
)
# Privileges as `GRANTEE PRIVILEGE`; NULL where they are the kind's own.
_ACL = (
    "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC'"
    " ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END || ' ' || x.privilege_type"
    " FROM pg_catalog.aclexplode({0}) x ORDER BY 1) END"
)

SERVER = """
SELECT pg_catalog.current_setting('server_version_num')::int, pg_catalog.current_setting('server_version'),
  pg_catalog.current_database(), pg_catalog.pg_get_userbyid(d.datdba)
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""
ROLES = """
SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolreplication, rolbypassrls
FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY rolname
"""
MEMBERS = """
SELECT pg_catalog.pg_get_userbyid(roleid), pg_catalog.pg_get_userbyid(member), bool_or(admin_option){options}
FROM pg_catalog.pg_auth_members WHERE pg_catalog.pg_get_userbyid(member) NOT LIKE 'pg\\_%' GROUP BY 1, 2 ORDER BY 1, 2
"""
MEMBER_OPTIONS = ", bool_or(inherit_option), bool_or(set_option)"
SCHEMAS = f"""
SELECT n.nspname, pg_catalog.pg_get_userbyid(n.nspowner), {_ACL.format("n.nspacl")} FROM pg_catalog.pg_namespace n
WHERE {_OF_USERS} ORDER BY n.nspname
"""
TYPES = f"""
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname), t.typtype,
  CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
  (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e
   WHERE e.enumtypid = t.oid)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE {_OF_USERS} AND t.typtype IN ('d', 'e') AND {_NO_EXTENSION.format("t", "pg_catalog.pg_type")} ORDER BY 1
"""
RELATIONS = f"""
SELECT c.oid::bigint, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.relkind,
  pg_catalog.pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity, {_ACL.format("c.relacl")},
  c.reloptions::text[], CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
  CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
  CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
  (SELECT pg_catalog.array_agg(i.inhparent::bigint ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i
   WHERE i.inhrelid = c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't' AND {_OF_USERS}
  AND {_NO_EXTENSION.format("c", "pg_catalog.pg_class")} ORDER BY c.oid
"""
COLUMNS = f"""
SELECT a.attrelid::bigint, pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod),
  a.attnotnull, a.attislocal, {_ACL.format("a.attacl")}
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
  AND {_OF_USERS}
ORDER BY a.attrelid, a.attnum
"""
CONSTRAINTS = f"""
SELECT c.conrelid::bigint, pg_catalog.quote_ident(c.conname), pg_catalog.pg_get_constraintdef(c.oid), c.contype
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE c.contype IN ('p', 'u', 'f') AND c.conparentid = 0 AND c.conislocal
  AND {_OF_USERS} ORDER BY c.contype = 'f', c.oid
"""
FUNCTIONS = f"""
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
    || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
  pg_catalog.pg_get_functiondef(p.oid), pg_catalog.pg_get_userbyid(p.proowner), {_ACL.format("p.proacl")}, p.prokind
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND {_OF_USERS} AND {_NO_EXTENSION.format("p", "pg_catalog.pg_proc")} ORDER BY p.oid
"""
# Functions that superusers alone may call until it is granted.
GRANTED_FILES = f"""
SELECT 'pg_catalog.' || p.oid::pg_catalog.regprocedure::text, pg_catalog.pg_get_userbyid(p.proowner),
  {_ACL.format("p.proacl")}
FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proacl IS NOT NULL
  AND p.proname IN ('pg_read_file', 'pg_read_binary_file', 'lo_import', 'lo_export') ORDER BY p.oid
"""
POLICIES = """
SELECT p.polrelid::bigint, pg_catalog.quote_ident(p.polname), p.polpermissive, p.polcmd,
  (SELECT pg_catalog.array_agg(
     CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END)
   FROM pg_catalog.unnest(p.polroles) r),
  pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_catalog.pg_policy p ORDER BY p.polrelid, p.polname
"""
RULES = f"""
SELECT pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND {_OF_USERS} ORDER BY r.oid
"""
TRIGGERS = f"""
SELECT pg_catalog.pg_get_triggerdef(t.oid) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {_OF_USERS} ORDER BY t.oid
"""
OPERATORS = f"""
SELECT pg_catalog.quote_ident(n.nspname) || '.' || o.oprname, o.oprcode::pg_catalog.regproc::text,
  CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END, pg_catalog.format_type(o.oprright, NULL)
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE {_OF_USERS} AND {_NO_EXTENSION.format("o", "pg_catalog.pg_operator")} ORDER BY o.oid
"""
PUBLICATIONS = """
SELECT pg_catalog.quote_ident(p.pubname), p.puballtables,
  (SELECT pg_catalog.array_agg(pg_catalog.quote_ident(t.schemaname) || '.' || pg_catalog.quote_ident(t.tablename))
   FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname)
FROM pg_catalog.pg_publication p ORDER BY 1
"""
DEFAULTS = f"""
SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)),
  (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n WHERE n.oid = d.defaclnamespace),
  d.defaclobjtype, {_ACL.format("d.defaclacl")}, pg_catalog.pg_get_userbyid(d.defaclrole)
FROM pg_catalog.pg_default_acl d WHERE d.defaclobjtype IN ('r', 'f', 'n') ORDER BY 1, 2, 3
"""
SERVERS = f"""
SELECT pg_catalog.quote_ident(s.srvname), pg_catalog.quote_ident(w.fdwname), pg_catalog.pg_get_userbyid(s.srvowner),
  {_ACL.format("s.srvacl")}
FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw ORDER BY 1
"""
# The view leaves options out for whoever may not see them; they are not asked for.
MAPPINGS = """
SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename) END,
  pg_catalog.quote_ident(m.srvname)
FROM pg_catalog.pg_user_mappings m ORDER BY 1, 2
"""
EXTENSIONS = "SELECT pg_catalog.quote_ident(extname), extversion FROM pg_catalog.pg_extension ORDER BY 1"
