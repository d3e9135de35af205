"""AWS Lake Formation: who may do what with the lake, and which rows a filter lets through."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

LAKEFORMATION = Service(
    "lakeformation",
    (
        Collector(
            Call("list_data_cells_filter", items="DataCellsFilters[]", paging=_NEXT),
            Part(
                "AWS::LakeFormation::DataCellsFilter",
                id="join('|', [item.DatabaseName, item.TableName, item.Name])",
                properties=same(
                    "item",
                    "ColumnNames",
                    "ColumnWildcard",
                    "DatabaseName",
                    "Name",
                    "RowFilter",
                    "TableCatalogId",
                    "TableName",
                ),
            ),
        ),
        Collector(
            Call("list_permissions", items="PrincipalResourcePermissions[]", paging=_NEXT),
            Part(
                "AWS::LakeFormation::PrincipalPermissions",
                id="digest([item.Principal, item.Resource])",
                properties=same("item", "Permissions", "PermissionsWithGrantOption", "Principal", "Resource"),
            ),
        ),
    ),
)
