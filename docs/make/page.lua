-- SPDX-License-Identifier: Apache-2.0
-- For pandoc: a page of docs, or the README as index.html, as one of the site.

local title

-- The menu: groups of pages, each with its file (without .html) and its name.
local MENU = {
    {"Use", {
        {"index", "Overview"}, {"examples", "Examples"},
        {"recipes", "Recipes"}, {"upgrading", "Upgrading"}}},
    {"Reference", {
        {"directives", "Directives"}, {"authorization", "Authorization"},
        {"variables", "Variables"}, {"responses", "Responses"},
        {"log", "Log"}, {"status", "Status"}, {"tool", "ajwt"}}},
    {"Operation", {
        {"security", "Security"}, {"keys", "Keys and caching"},
        {"performance", "Performance"}}},
    {"Migrating", {
        {"migrating", "Steps"},
        {"migrating-from-mod_auth_openidc", "From mod_auth_openidc"},
        {"migrating-from-mod_oauth2", "From mod_oauth2"},
        {"migrating-from-mod_authnz_jwt", "From mod_authnz_jwt"},
        {"migrating-from-nginx", "From NGINX"},
        {"migrating-from-fastapi", "From FastAPI"}}},
    {"Development", {
        {"building", "Building and testing"}, {"CHANGES", "Changes"}}},
}

-- The name of the page that is being made, without .html.
local function page_name()
    local file = PANDOC_STATE.input_files[1]:match("([^/]+)%.md$")
    return file == "README" and "index" or file
end

local function menu()
    local groups = {}
    for _, group in ipairs(MENU) do
        local pages = {}
        for _, page in ipairs(group[2]) do
            table.insert(pages, {
                file = page[1] .. ".html", title = page[2],
                current = page[1] == page_name()})
        end
        table.insert(groups, {name = group[1], pages = pages})
    end
    return groups
end

-- The first heading is the page's title.
function Header(header)
    if not title and header.level == 1 then
        title = pandoc.utils.stringify(header)
    end
end

-- A page becomes its .html; what is not part of the site is no link.
function Link(link)
    local target = link.target
    if target:match("^%a+:") or target:match("^#") then
        return nil
    end
    target = target:gsub("^%.%./", ""):gsub("^docs/", "")
    target = target:gsub("^README%.md", "index.html")
    target = target:gsub("^([%w_-]+)%.md", "%1.html")
    if not target:match("^[%w_-]+%.html") and
        not target:match("^conf%-examples/") then
        return link.content
    end
    link.target = target
    return link
end

local function text_of(cell)
    return pandoc.utils.stringify(cell.contents)
end

-- A row that begins with a tag of the log can be linked to by that tag; on a
-- phone a cell stands alone and says which column it is of.
function Table(tbl)
    local head = tbl.head.rows[1]
    for _, body in ipairs(tbl.bodies) do
        for _, row in ipairs(body.body) do
            local first = text_of(row.cells[1])
            if first:match("^JWT%d+$") then
                row.attr = pandoc.Attr(first)
            end
            for number, cell in ipairs(row.cells) do
                cell.attr = pandoc.Attr("", {}, {
                    ["data-label"] = head and text_of(head.cells[number]) or ""})
            end
        end
    end
    return tbl
end

function Pandoc(document)
    document.meta.pagetitle = title
    document.meta.menu = menu()
    return document
end
