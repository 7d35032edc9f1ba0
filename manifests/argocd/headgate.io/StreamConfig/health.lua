-- What status.conditions say, for Argo CD. An object that Argo itself deletes never comes here.
local health = {status = "Progressing", message = "waiting for Headgate"}
local status = obj.status
if status == nil or status.conditions == nil or
    status.observedGeneration ~= obj.metadata.generation then
    return health
end

-- Not Ready, tried again, and seldom over without a person.
local failing = {
    Rejected = true, InsufficientResources = true, Drifted = true, DeletionBlocked = true, SecretMissing = true,
}
local ready, stalled
for _, condition in ipairs(status.conditions) do
    if condition.type == "Ready" then
        ready = condition
    elseif condition.type == "Stalled" and condition.status == "True" then
        stalled = condition
    end
end
if ready == nil then
    return health
end

health.message = ready.reason
if ready.message ~= nil and ready.message ~= "" then
    health.message = ready.reason .. ": " .. ready.message
end
if ready.status == "True" then
    health.status = "Healthy"
elseif ready.reason == "Paused" then
    health.status = "Suspended"
elseif stalled ~= nil or failing[ready.reason] then
    health.status = "Degraded"
end
return health
